# Usual intake from two recalls, and death after serum magnesium in NHANES I, written a second time in R.
# Run in this folder: Rscript nhanes_usual_in_r.R <folder with the tables> <file to write>

source("results.R")
folder <- commandArgs(TRUE)[1]
source("nhanes_tables.R")

forward <- function(x, power) if (power == 0) log(x) else (x^power - 1) / power
backward <- function(y, power) if (power == 0) exp(y) else pmax(power * y + 1, 0)^(1 / power)

# Nodes and weights of the normal distribution from the recurrence of Hermite's polynomials.
hermite <- local({
  off <- sqrt(1:8)
  m <- matrix(0, 9, 9)
  m[cbind(1:8, 2:9)] <- off
  m[cbind(2:9, 1:8)] <- off
  e <- eigen(m, symmetric = TRUE)
  list(x = e$values, w = e$vectors[1, ]^2)
})

class_means <- function(x, w, class) {
  sums <- rowsum(cbind(w * x, w), class)
  (sums[, 1] / sums[, 2])[as.character(class)]
}

best_power <- function(x, w, class) {
  share <- w / sum(w)
  powers <- seq(0, 1, by = 0.01)
  fits <- sapply(powers, function(p) {
    y <- forward(x, p)
    -0.5 * log(sum(share * (y - class_means(y, w, class))^2)) + (p - 1) * sum(share * log(x))
  })
  powers[which.max(fits)]
}

usual <- function(one, two, w, class, power) {
  both <- !is.na(two) & w > 0
  wb <- w[both]
  two <- two + sum(wb * (one[both] - two[both])) / sum(wb)
  within <- sum(wb * (one[both] - two[both])^2) / (2 * sum(wb))
  means <- class_means(one, w, class)
  total <- sum(w * (one - means)^2) / sum(w)
  between <- total - within
  y <- means + sqrt(between / total) * (one - means)
  days <- outer(y, sqrt(within) * hermite$x, "+")
  list(usual = as.vector(backward(days, power) %*% hermite$w), ratio = within / between)
}

readings <- function(table, d, design) {
  chosen <- d$adult & !is.na(d$mg) & d$w > 0
  d <- d[chosen, ]
  d$class <- findInterval(d$RIDAGEYR, c(31, 51, 71))
  d$needed <- requirement(d$female, d$RIDAGEYR)
  parts <- lapply(0:1, function(sex) {
    rows <- which(d$female == sex)
    least <- min(d$mg[rows][d$mg[rows] > 0])
    first <- pmax(d$mg[rows], least)
    power <- best_power(first, d$w[rows], d$class[rows])
    list(rows = rows, power = power, one = forward(first, power), two = forward(pmax(d$MG_d2[rows], least), power))
  })
  estimate <- function(w, data) {
    found <- lapply(parts, function(p) {
      wp <- w[p$rows]
      u <- usual(p$one, p$two, wp, d$class[p$rows], p$power)
      c(short = sum(wp * (u$usual < d$needed[p$rows])), mean = sum(wp * u$usual), w = sum(wp), ratio = u$ratio)
    })
    m <- found[[1]]; f <- found[[2]]
    unname(c((m["short"] + f["short"]) / (m["w"] + f["w"]), m["short"] / m["w"], f["short"] / f["w"],
             (m["mean"] + f["mean"]) / (m["w"] + f["w"]), m["mean"] / m["w"], f["mean"] / f["w"], m["ratio"], f["ratio"]))
  }
  jack <- as.svrepdesign(subset(design, chosen), type = "JKn", mse = TRUE, compress = FALSE)
  result <- withReplicates(jack, estimate)
  n <- c(nrow(d), sum(d$female == 0), sum(d$female == 1))
  names <- c(paste0("below_requirement_usual_", c("all", "men", "women")), paste0("mean_usual_", c("all", "men", "women")),
             paste0("within_to_between_", c("men", "women")))
  for (i in seq_along(names)) keep(paste(table, "mg", names[i], sep = "."), coef(result)[i], SE(result)[i], c(n, n, n[2:3])[i])
}

readings("A", a, design_a)
readings("C", c_, design_c)

one <- merge(read.csv(file.path(folder, "nhanes1", "NHANESI_subset_X.csv"), check.names = FALSE),
             read.csv(file.path(folder, "nhanes1", "NHANESI_subset_y.csv"), check.names = FALSE), by = 1)
serum <- one[["Serum Magnesium"]]
one$x <- ifelse(serum %in% c(77.7, 999), NA, 10 * serum / 2)
one$time <- abs(one$y); one$died <- one$y > 0
one$age10 <- (one$Age - 50) / 10
one$race <- factor(one$Race)
for (model in c("M0", "M1")) {
  right <- if (model == "M0") "x" else "x + age10 + I(age10^2) + factor(Sex) + race"
  fit <- coxph(as.formula(paste("Surv(time, died) ~", right)), data = one, control = coxph.control(eps = 1e-13, iter.max = 60))
  keep(paste0("I.mortality.", model), coef(fit)["x"], sqrt(fit$var[1, 1]), fit$n)
}

write_found(commandArgs(TRUE)[2])
