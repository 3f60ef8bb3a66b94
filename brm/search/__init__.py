"""Search over all records, pages and actions; Chinese by any part of a word and by initials."""
