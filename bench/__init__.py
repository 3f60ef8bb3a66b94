"""The product's benchmark: what it must be as fast as, measured in the same run (see README.md).

manage.py bench            on the database server of the settings
python -m bench            on PostgreSQL and on SQLite
"""
