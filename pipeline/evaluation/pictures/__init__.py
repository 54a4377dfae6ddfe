"""Pictures of the report: each a drawing, a sentence that says what it shows, and the table of its numbers.

Readable in black and white: what is tonight's is filled, what it is held against is hatched, dashed or hollow.
"""
