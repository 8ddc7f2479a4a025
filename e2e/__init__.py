"""Black-box tests of certwatch: real sockets, a real PostgreSQL, the real binary. See README.md."""
