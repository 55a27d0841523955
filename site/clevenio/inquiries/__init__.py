"""Inquiries: what people ask on the contact page, and the inbox where staff answer them."""
