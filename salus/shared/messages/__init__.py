"""What Salus tells people: notices in the application, and e-mails.

It knows the ids of persons and the addresses it was told, nothing else about anybody. Modules bring their own words:
`notify(ctx, person_id, "people/reset")` reads `templates/mail/reset.txt` of the module `people`. The first line of such
a template is the title of the notice and the subject of the e-mail. What follows after an empty line is the e-mail; a
template of one line makes a notice only.

An e-mail leaves the house, so it never holds health data, prices or anything about another person: it says that
something waits, and where.
"""
