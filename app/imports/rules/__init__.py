"""What is right in an imported programme, and the sentence for everything that is not."""
