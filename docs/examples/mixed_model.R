# Does the client's share of the talk change from session to session? A mixed model, as in
# mixed_model.py. Reads the tables that `prosody tables --to TABLES` wrote:
#
#   Rscript mixed_model.R TABLES
#
# With lme4 where it is installed, else with nlme, which comes with R.
tables <- commandArgs(trailingOnly = TRUE)[1]
sessions <- read.csv(file.path(tables, "sessions.csv"), na.strings = "NA", encoding = "UTF-8")
needed <- c("talk_share_client", "session_order", "dyad_id")
there <- sessions[complete.cases(sessions[, needed]), ]
pairs <- length(unique(there$dyad_id))
if (pairs < 2 || nrow(there) < 2 * pairs + 1) {
  message(sprintf("too few to fit: %d sessions of %d pairs; two pairs with several each", nrow(there), pairs))
  quit(status = 1)
}
if (requireNamespace("lme4", quietly = TRUE)) {
  fitted <- lme4::lmer(talk_share_client ~ session_order + (1 | dyad_id), data = there)
  found <- summary(fitted)$coefficients["session_order", ]
  slope <- found["Estimate"]
  error <- found["Std. Error"]
} else {
  fitted <- nlme::lme(talk_share_client ~ session_order, random = ~ 1 | dyad_id, data = there)
  found <- summary(fitted)$tTable["session_order", ]
  slope <- found["Value"]
  error <- found["Std.Error"]
}
cat(sprintf("sessions=%d left_out=%d\n", nrow(there), nrow(sessions) - nrow(there)))
why <- table(sessions$talk_share_client_missing)
cat(sprintf("left_out_because %s=%d\n", names(why), as.integer(why)), sep = "")
cat(sprintf("pairs=%d\n", pairs))
cat(sprintf("slope=%.4f low=%.4f high=%.4f\n", slope, slope - 1.96 * error, slope + 1.96 * error))
