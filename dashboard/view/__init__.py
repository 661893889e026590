"""What pages and panels show: cards, tables, charts, the player."""
