"""Search: what a reader asks of the index, and the rows she may know of that answer it.

`criteria` reads what is given and refuses what cannot be; `verbs` answers.  Pages, API and command line call these two.
"""
