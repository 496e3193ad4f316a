"""Who and what is where, and when: places, hours, and times that are taken. It knows nothing of what a time is for.

A **resource** is whoever or whatever can be in one place only: a practitioner, a room, a device, a person. A **claim**
takes one resource for one stretch of time, for one booking; the database lets no two claims meet.
"""
