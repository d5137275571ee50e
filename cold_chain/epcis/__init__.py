"""Events as partners exchange them (EPCIS 2.0, CBV 2.0): pure, without a database.

`names` reads and writes the keys of the GS1 system, `hashing` the event hash, `structure` and
`sense` say what is wrong with a document, `units` compares figures, `reading` takes a document
apart, `telling` writes the events of a shipment.
"""
