# Collects estimates and writes them as JSON, without a package: {"name": [value, standard error, n], ...}

options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = TRUE, digits = 17)
suppressPackageStartupMessages({
  library(survey)
  library(survival)
})

found <- list()

keep <- function(name, value, error, n) {
  found[[name]] <<- c(unname(value), unname(error), n)
}

write_found <- function(path) {
  number <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "null")
  versions <- sprintf('"R": "%s", "survey": "%s", "survival": "%s"', paste(R.version$major, R.version$minor, sep = "."),
                      packageVersion("survey"), packageVersion("survival"))
  lines <- vapply(names(found), function(name)
    sprintf('    "%s": [%s]', name, paste(number(found[[name]]), collapse = ", ")), "")
  writeLines(c("{", sprintf('  "versions": {%s},', versions), '  "estimates": {', paste(lines, collapse = ",\n"), "  }", "}"),
             path)
}

# What an optimiser leaves over at its default would show at 1e-6.
tight <- list(epsilon = 1e-14, maxit = 100)

linear_model <- function(formula, design) svyglm(formula, design)
logistic_model <- function(formula, design) svyglm(formula, design, family = quasibinomial(), control = tight)
cox_model <- function(formula, design) svycoxph(formula, design, control = coxph.control(eps = 1e-13, iter.max = 60))

keep_coefficients <- function(prefix, fit, only = names(coef(fit))) {
  n <- if (inherits(fit, "coxph")) fit$n else sum(weights(fit$survey.design, "sampling")[is.na(match(seq_len(nrow(fit$survey.design)), fit$na.action))] > 0)
  for (name in only) {
    short <- gsub("[()]", "", name)
    keep(if (length(only) == 1) prefix else paste(prefix, short, sep = "."), coef(fit)[name], sqrt(diag(vcov(fit)))[name], n)
  }
}

restricted_cubic <- function(x, knots) {
  k <- length(knots)
  cube <- function(u) pmax(u, 0)^3
  sapply(seq_len(k - 2), function(j)
    (cube(x - knots[j]) - cube(x - knots[k - 1]) * (knots[k] - knots[j]) / (knots[k] - knots[k - 1]) +
       cube(x - knots[k]) * (knots[k - 1] - knots[j]) / (knots[k] - knots[k - 1])) / (knots[k] - knots[1])^2)
}

# The least value at which the weighted distribution reaches a share.
inverse_distribution <- function(x, w, p) {
  use <- w > 0 & !is.na(x)
  o <- order(x[use])
  x[use][o][which(cumsum(w[use][o]) >= p * sum(w[use]))[1]]
}
