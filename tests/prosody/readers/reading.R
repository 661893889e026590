# Open a table of turns with R and save it again; prints the columns and what R took them for.
#   Rscript reading.R FILE SAVED
given <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(given[1], fileEncoding = "UTF-8-BOM", na.strings = "", check.names = FALSE)
write.csv(rows, given[2], row.names = FALSE, na = "", fileEncoding = "UTF-8")
cat(sprintf("%s %s %d\n", names(rows), sapply(rows, class), colSums(!is.na(rows))), sep = "")
