"""Pages that gather from many rooms: the front page, my training, the coordinator's desk."""
