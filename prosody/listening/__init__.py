"""What listening it shows; a behaviour is a row of `behaviours` and a function."""
