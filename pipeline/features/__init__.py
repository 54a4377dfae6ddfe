"""What did we know at that moment? Pure: Arrow in, Arrow out."""
