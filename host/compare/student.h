/* SPDX-License-Identifier: MIT
 * Student's t distribution, with any number of degrees of freedom above 0. */
#ifndef GM_COMPARE_STUDENT_H
#define GM_COMPARE_STUDENT_H

/* The probability that |T| >= |t|: the p-value of a two-sided test. NAN if t is NAN. */
double gm_student_two_sided(double t, double degrees_of_freedom);

/* The t with P(|T| <= t) = level, 0 < level < 1: half the width of an interval, in standard errors.
 */
double gm_student_quantile(double level, double degrees_of_freedom);

#endif
