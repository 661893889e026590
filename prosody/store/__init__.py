"""The library: sessions, corrections, agendas and enrolled voices that are kept."""
