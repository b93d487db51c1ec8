# The survey's estimates by R's survey and survival, from the joined tables and by its own reading of the conventions.
# Run in this folder: Rscript nhanes_in_r.R <folder with the tables> <file to write>

source("results.R")
folder <- commandArgs(TRUE)[1]
source("nhanes_tables.R")

m1 <- c("age10", "age2", "female", "race")
m2 <- c(m1, "kcal", "fibre", "alcohol", "bmi", "education", "pir")
models <- list(M0 = character(), M1 = m1, M1lin = setdiff(m1, "age2"), M1E = c(m1, "kcal"), M2 = m2, M2noE = setdiff(m2, "kcal"),
               M2noFib = setdiff(m2, "fibre"), M2noBMI = setdiff(m2, "bmi"), M1Eres = c(m1, "kcal"), M1Elogres = c(m1, "kcal"),
               M1Edens = c(m1, "kcal"), M2Eres = m2, M2Elogres = m2, M2Edens = m2, M0_M2sample = character(), M1_M2sample = m1,
               M1E_M2sample = c(m1, "kcal"))

exposure_of <- function(model, d, w) {
  if (grepl("Edens$", model)) return(d$mg100 / (d$kcal / 1000))
  if (grepl("Elogres$", model)) {
    fit <- lm(log(mg100) ~ log(kcal), data = d, weights = w)
    at <- log(weighted.mean(d$kcal, w))
    return(exp(residuals(fit) + sum(coef(fit) * c(1, at))))
  }
  if (grepl("Eres$", model)) return(residuals(lm(mg100 ~ kcal, data = d, weights = w)))
  d$mg100
}

one_model <- function(prefix, design, base, model, kind, outcome) {
  d <- design$variables
  needed <- c("mg100", models[[model]], outcome, if (kind == "cox") "months",
              if (grepl("sample$", model)) m2, if (grepl("E(log)?res$|Edens$", model)) "kcal")
  d_ok <- base & complete.cases(d[, unique(needed)]) & weights(design) > 0
  if (grepl("Edens$|Elogres$", model)) d_ok <- d_ok & d$kcal > 0
  if (grepl("Elogres$", model)) d_ok <- d_ok & d$mg > 0
  s <- subset(design, d_ok)
  s <- update(s, x = exposure_of(model, s$variables, weights(s)))
  left <- if (kind == "cox") sprintf("Surv(months, %s)", outcome) else outcome
  formula <- as.formula(paste(left, "~", paste(c("x", models[[model]]), collapse = " + ")))
  fit <- switch(kind, linear = linear_model, logistic = logistic_model, cox = cox_model)(formula, s)
  keep_coefficients(paste(prefix, model, sep = "."), fit, "x")
  s
}

readings <- function(table, design, examined) {
  for (group in c("all", "men", "women")) {
    v <- design$variables
    s <- subset(design, v$adult & !is.na(v$mg) & weights(design) > 0 &
                  (group == "all" | (group == "men" & v$female == 0) | (group == "women" & v$female == 1)))
    m <- svymean(~mg, s)
    keep(sprintf("%s.mg.mean_%s", table, group), coef(m), SE(m), nrow(s))
    m <- svymean(~short, s)
    keep(sprintf("%s.mg.below_requirement_%s", table, group), coef(m), SE(m), nrow(s))
    for (p in c(5, 25, 50, 75, 95)) {
      q <- svyquantile(~mg, s, p / 100, df = degf(design))$mg
      keep(sprintf("%s.mg.p%02d_%s", table, p, group), q[1, "quantile"], q[1, "se"], nrow(s))
    }
  }
  for (outcome in intersect(c("alt", "cap", "stiffness", "steatosis", "stiff_liver"), names(examined$variables))) {
    s <- subset(examined, examined$variables$adult & !is.na(examined$variables[[outcome]]) & weights(examined) > 0)
    m <- svymean(as.formula(paste("~", outcome)), s)
    kind <- if (outcome %in% c("steatosis", "stiff_liver")) "share" else "mean"
    keep(paste(table, outcome, kind, sep = "."), coef(m), SE(m), nrow(s))
  }
}

keep("A.df", degf(design_a), NA, nrow(a))
keep("C.df", degf(design_c), NA, nrow(c_))
readings("A", design_a, examined_a)
readings("C", design_c, design_c)

base <- a$adult & !a$pregnant & !a$hepatitis
for (outcome in c("alt", "ln_alt", "cap", "stiffness", "ln_stiffness", "steatosis", "stiff_liver")) {
  kind <- if (outcome %in% c("steatosis", "stiff_liver")) "logistic" else "linear"
  for (model in names(models)) s <- one_model(paste0("A.", outcome), design_a, base, model, kind, outcome)
}
for (outcome in c("alt", "ln_alt")) {
  for (model in names(models)) one_model(paste0("C.", outcome), design_c, c_$adult & !c_$pregnant, model, "linear", outcome)
}
for (model in names(models)) {
  one_model("C.mortality", design_c, c_$adult, model, "cox", "died")
  one_model("C.mortality_other", design_c, c_$adult, model, "cox", "died_other")
  one_model("C.mortality_fib4_high", design_c, c_$adult & c_$fib4_high, model, "cox", "died")
}

# Calibration of the attenuation on usual intake, both steps in each of the 30 replicates.
for (model in c("M1", "M2")) {
  terms <- models[[model]]
  chosen <- base & complete.cases(a[, c("mg100", "cap", terms)]) & a$w > 0
  jack <- as.svrepdesign(subset(design_a, chosen), type = "JKn", mse = TRUE, compress = FALSE)
  first <- as.formula(paste("later ~ mg100 +", paste(terms, collapse = " + ")))
  second <- as.formula(paste("cap ~ mg100 +", paste(terms, collapse = " + ")))
  steps <- function(w, data) {
    data$w <- w
    slope <- coef(lm(first, data = data[data$w > 0, ], weights = w))["mg100"]
    unname(coef(lm(second, data = data[data$w > 0, ], weights = w))["mg100"] / slope)
  }
  result <- withReplicates(jack, steps)
  keep(sprintf("A.cap.%s_calibrated", model), coef(result), SE(result), sum(chosen))
}

write_found(commandArgs(TRUE)[2])
