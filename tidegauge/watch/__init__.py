"""`watch`: the overview, one index with its chart, and the alerts, in a terminal.

It shows what a gateway says and computes nothing itself: names and kinds of figures come from
`/v1/definitions`. What of Textual it needs is imported with the command.
"""
