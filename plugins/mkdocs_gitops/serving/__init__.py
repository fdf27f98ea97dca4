"""Keep a live server up to date: what it watches, what it keeps, what it writes again."""
