"""What is right about questionnaires and what their answers say."""
