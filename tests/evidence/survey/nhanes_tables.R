# The joined tables of NHANES with the variables of the analysis, by this file's own reading of the conventions.
# Needs `folder`; gives the data frames a and c_ and their designs.

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
