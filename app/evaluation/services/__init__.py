"""What is done to questionnaires and answers. Each act is one transaction."""
