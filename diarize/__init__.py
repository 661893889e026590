"""diarize says who said what, when."""
