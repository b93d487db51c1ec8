# The survey's estimates by R's survey and survival, from the joined tables and by its own reading of the conventions.
# Run in this folder: Rscript nhanes_in_r.R <folder with the tables> <file to write>

source("results.R")
folder <- commandArgs(TRUE)[1]
zero <- function(d) { for (n in names(d)) if (is.numeric(d[[n]])) d[[n]][!is.na(d[[n]]) & abs(d[[n]]) < 1e-70] <- 0; d }

requirement <- function(female, age) ifelse(female == 1, ifelse(age >= 31, 265, 255), ifelse(age >= 31, 350, 330))
person <- function(d, race, levels) {
  d$female <- as.numeric(d$RIAGENDR == 2)
  d$age10 <- (d$RIDAGEYR - 50) / 10
  d$age2 <- d$age10^2
  d$race <- relevel(factor(race, levels = levels), ref = "3")
  d$education <- factor(ifelse(d$DMDEDUC2 %in% 1:5, d$DMDEDUC2, NA))
  d$pir <- d$INDFMPIR
  d$mg <- d$MG_d1
  d$mg100 <- d$mg / 100
  d$later <- d$MG_d2 / 100
  d$adult <- d$RIDAGEYR >= 20
  d$pregnant <- !is.na(d$RIDEXPRG) & d$RIDEXPRG == 1
  d$short <- as.numeric(d$mg < requirement(d$female, d$RIDAGEYR))
  d
}

a <- zero(read.csv(file.path(folder, "nhanes_2017_2018_joined.csv")))
a <- person(a, a$RIDRETH3, c(1, 2, 3, 4, 6, 7))
a$kcal <- a$DR1TKCAL; a$fibre <- a$fiber_g; a$bmi <- a$BMXBMI
days <- c(0, 365, 312, 182, 104, 52, 30, 12, 9, 4.5, 1.5)
often <- ifelse(a$ALQ121 %in% 0:10, days[match(a$ALQ121, 0:10)], NA)
drinks <- ifelse(a$ALQ130 %in% c(77, 99, 777, 999), NA, a$ALQ130)
grams <- 14 * often * drinks / 365
grams[(!is.na(a$ALQ111) & a$ALQ111 == 2) | (!is.na(a$ALQ121) & a$ALQ121 == 0)] <- 0
a$alcohol <- log(1 + grams)
a$alt <- a$LBXSATSI; a$ln_alt <- log(a$alt)
scanned <- !is.na(a$LUAXSTAT) & a$LUAXSTAT == 1
a$cap <- ifelse(scanned, a$LUXCAPM, NA); a$stiffness <- ifelse(scanned, a$LUXSMED, NA)
a$ln_stiffness <- log(a$stiffness)
a$steatosis <- as.numeric(a$cap >= 274); a$stiff_liver <- as.numeric(a$stiffness >= 8.2)
a$hepatitis <- (!is.na(a$HEQ010) & a$HEQ010 == 1) | (!is.na(a$HEQ030) & a$HEQ030 == 1)
a$w <- ifelse(is.na(a$WTDRD1), 0, a$WTDRD1)
design_a <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~w, nest = TRUE, data = a)
examined_a <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = a)

c_ <- zero(read.csv(gzfile(file.path(folder, "nhanes_2003_2018_pooled_mg_liver_mort.csv.gz"))))
c_ <- c_[!is.na(c_$WTMEC2YR), ]
c_ <- person(c_, c_$RIDRETH1, 1:5)
c_$kcal <- c_$KCAL_d1; c_$fibre <- c_$FIBER_d1; c_$bmi <- c_$BMI
g <- c_$ALCOHOL_d1
class <- ifelse(is.na(g), ifelse(is.na(c_$mg), NA, "over"), ifelse(g == 0, "0", ifelse(g < 14, "a", ifelse(g < 28, "b", "c"))))
c_$alcohol <- factor(class)
c_$ln_alt <- log(c_$alt)
fib4 <- c_$RIDAGEYR * c_$ast / (c_$Platelet_Count * sqrt(c_$alt))
c_$fib4_high <- !is.na(fib4) & fib4 >= 2.67
c_$months <- ifelse(c_$ELIGSTAT == 1, c_$PERMTH_EXM, NA)
c_$died <- ifelse(c_$ELIGSTAT == 1, c_$MORTSTAT, NA)
c_$died_other <- ifelse(is.na(c_$died), NA, as.numeric(c_$died == 1 & !is.na(c_$UCOD_LEADING) & c_$UCOD_LEADING == 10))
c_$w <- c_$WTMEC2YR / 6
design_c <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~w, nest = TRUE, data = c_)

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
