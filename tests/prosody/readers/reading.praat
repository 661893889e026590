# Open a TextGrid with the program Praat, list its intervals, and save it again.
#   praat --run reading.praat FILE LISTED SAVED
form Read
    sentence file
    sentence listed
    sentence saved
endform
grid = Read from file: file$
Save as text file: saved$
Down to Table: "no", 6, "yes", "no"
Save as tab-separated file: listed$
