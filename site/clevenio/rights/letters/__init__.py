"""What a person is told by letter or by phone, because no mail reaches them."""
