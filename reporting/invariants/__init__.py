"""What must hold on any data, each as one counted question over the tables themselves.

A check counts what it looked at and what contradicts it, so that an empty answer is seen to be
one. `shop.proof.verify` runs them all; the operator's console runs the cheap ones.
"""
