"""What people may ask of us about their data: requests, their clocks, restriction and erasure."""
