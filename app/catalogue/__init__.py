"""What is on offer: courses, sessions, priorities, trainers, briefings and contributions to partners' training."""
