"""Drafts a plugin from what is known of a foreign system: a description, a database, or a saved answer.

Nothing on the way of a record guesses; here everything does, marks how sure it is, and marks what is left to a person.
"""
