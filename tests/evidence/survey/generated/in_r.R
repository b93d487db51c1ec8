# Estimates on survey.csv by R's survey and survival. Run in this folder: Rscript in_r.R [file to write]

source("../results.R")
d <- read.csv("survey.csv")
d$age10 <- (d$age - 50) / 10
d$g2 <- as.numeric(d$group == 2); d$g3 <- as.numeric(d$group == 3); d$g4 <- as.numeric(d$group == 4)
d$low <- as.numeric(d$exposure < 2.2)
whole <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
keep("df", degf(whole), NA, nrow(d))

domains <- list(all = subset(whole, weight > 0), women = subset(whole, weight > 0 & female == 1),
                few = subset(whole, weight > 0 & few == 1))
for (name in names(domains)) {
  design <- domains[[name]]
  known <- subset(design, !is.na(outcome))
  n <- nrow(known)
  m <- svymean(~outcome, known)
  keep(paste0("mean.", name), coef(m), SE(m), n)
  s <- svymean(~low, design)
  keep(paste0("share.", name), coef(s), SE(s), nrow(design))
  ci <- attr(svyciprop(~low, design, method = "logit", df = degf(whole)), "ci")
  keep(paste0("share_interval.", name), ci[1], ci[2], nrow(design))
  for (p in c(0.25, 0.5, 0.75)) {
    q <- svyquantile(~outcome, known, p, df = degf(whole))
    keep(paste0("quantile", 100 * p, ".", name), q$outcome[1, "quantile"], q$outcome[1, "se"], n)
    keep(paste0("quantile", 100 * p, "_interval.", name), q$outcome[1, 2], q$outcome[1, 3], n)
  }
  keep_coefficients(paste0("linear.", name), linear_model(outcome ~ exposure + age10 + I(age10^2) + g2 + g3 + g4, known))
  keep_coefficients(paste0("logistic.", name), logistic_model(high ~ exposure + age10 + g2 + g3 + g4, design))
  keep_coefficients(paste0("cox.", name), cox_model(Surv(months, died) ~ exposure + age10 + g2 + g3 + g4, design))
}

known <- subset(domains$all, !is.na(outcome))
knots <- sapply(c(0.05, 0.35, 0.65, 0.95), function(p) inverse_distribution(known$variables$exposure, weights(known), p))
bent <- restricted_cubic(known$variables$exposure, knots)
known <- update(known, bent1 = bent[, 1], bent2 = bent[, 2])
spline <- linear_model(outcome ~ exposure + bent1 + bent2 + age10, known)
keep_coefficients("spline", spline)
test <- regTermTest(spline, ~ bent1 + bent2, df = degf(whole))
keep("spline_nonlinear", test$Ftest[1], test$p[1], nrow(known))

# Two steps in every replicate: the slope of the second day on the first, and the association with the first.
jack <- as.svrepdesign(subset(whole, weight > 0 & !is.na(outcome) & stratum != 101), type = "JKn", mse = TRUE, compress = FALSE)
two_steps <- function(w, data) {
  slope <- coef(lm(later ~ exposure + age10, data = data, weights = w, subset = !is.na(later) & w > 0))["exposure"]
  naive <- coef(lm(outcome ~ exposure + age10, data = data, weights = w, subset = w > 0))["exposure"]
  unname(c(naive / slope, slope))
}
calibrated <- withReplicates(jack, two_steps)
keep("calibrated", coef(calibrated)[1], SE(calibrated)[1], nrow(jack))
keep("calibrated_slope", coef(calibrated)[2], SE(calibrated)[2], nrow(jack))
survival_steps <- function(w, data) {
  chosen <- data[w > 0, ]
  chosen$w <- w[w > 0] / mean(w[w > 0])
  slope <- coef(lm(later ~ exposure + age10, data = chosen, weights = w, subset = !is.na(later)))["exposure"]
  unname(coef(coxph(Surv(months, died) ~ exposure + age10, data = chosen, weights = w, robust = FALSE,
                    control = coxph.control(eps = 1e-13, iter.max = 60)))["exposure"] / slope)
}
calibrated <- withReplicates(jack, survival_steps)
keep("calibrated_cox", coef(calibrated), SE(calibrated), nrow(jack))

write_found(if (length(commandArgs(TRUE))) commandArgs(TRUE)[1] else "in_r.json")
