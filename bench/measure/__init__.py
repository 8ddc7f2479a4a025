"""What bench/run is made of: programs to measure, loads, and what is read off them."""
