"""What a coordinator would read aloud: who gets a place, who waits, what is in time and what is late. Plain values in, plain values out."""
