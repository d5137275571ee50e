"""How goods travelled: shipments, who held them, what their loggers measured, the verdict.

Words: a *shipment* is what travels; a *parcel* is a box of it; a *custody segment* says who
held it from when to when; a *device* (data logger) has *channels*; a *reading* is one sample;
an *excursion* is one unbroken period outside a limit; an *evaluation* is a verdict on stored
readings under one version of a limit profile.

The domain knows an order only by its number. It does not know goods, lots, prices or income:
a workflow tells it what to carry, and what a broken chain costs is booked elsewhere.
"""
