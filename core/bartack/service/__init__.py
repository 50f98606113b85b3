"""The questions of people and machines that are served: who may ask what, how much is answered, and with which citations."""
