#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints coefficients.hpp: minimax polynomials by the exchange algorithm of Remez (1934) in 60-digit arithmetic.

Each polynomial approximates a tail: what is left of the function after its first terms, which the code adds exactly.
`weight` turns the error of the tail into the relative error of the function, printed as a power of two.
Usage: coefficients.py > coefficients.hpp      (needs python3-mpmath; one second)
"""
import mpmath as mp

mp.mp.dps = 60


def remez(f, weight, a, b, degree, rounds=12):
    """Coefficients (lowest first) that minimise max |weight * (f - p)| on [a, b], and that maximum."""
    n = degree + 2
    centre, half = (a + b) / 2, (b - a) / 2
    points = [centre - half * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    grid = [centre - half * mp.cos(mp.pi * i / (16 * n)) for i in range(16 * n + 1)]
    values = [(f(x), weight(x)) for x in grid]
    for _ in range(rounds):
        system = mp.matrix(n, n)
        right = mp.matrix(n, 1)
        for i, x in enumerate(points):
            for j in range(degree + 1):
                system[i, j] = x**j
            system[i, degree + 1] = (-1)**i / weight(x)
            right[i] = f(x)
        solution = mp.lu_solve(system, right)
        p = [solution[j] for j in range(degree + 1)]
        error = [w * (v - mp.polyval(p[::-1], x)) for x, (v, w) in zip(grid, values)]
        extremes = [0]
        for i in range(1, len(grid)):
            if error[i] * error[extremes[-1]] > 0:
                if abs(error[i]) > abs(error[extremes[-1]]):
                    extremes[-1] = i
            else:
                extremes.append(i)
        while len(extremes) > n:
            extremes.pop(0 if abs(error[extremes[0]]) < abs(error[extremes[-1]]) else -1)
        if len(extremes) < n:
            break
        worst = max(abs(e) for e in error)
        points = [grid[i] for i in extremes]
        if worst < abs(solution[degree + 1]) * mp.mpf("1.02"):
            break
    return p, max(abs(e) for e in error)


def emit(name, text, f, weight, a, b, degree, kind="double"):
    p, error = remez(f, weight, mp.mpf(a), mp.mpf(b), degree)
    bits = mp.nstr(mp.log(error, 2), 4) if error else "-inf"
    print(f"// {text}; relative error 2^{bits}.")
    suffix = "f" if kind == "float" else ""
    digits = 9 if kind == "float" else 17
    rows = ",\n    ".join(mp.nstr(c, digits, min_fixed=1, max_fixed=0) + suffix for c in p)
    print(f"inline constexpr {kind} {name}[] = {{\n    {rows}}};\n")


def safe(f, limit):
    """f with its limit at 0, where the formula is 0/0: evaluated a little beside."""
    return lambda x: f(x) if abs(x) > mp.mpf(10)**-15 else limit


def emit_all():
    one, two, third = mp.mpf(1), mp.mpf(2), mp.mpf(1) / 3
    half_log2 = mp.log(2) / 2 * mp.mpf("1.0001")
    emit("exp_tail", "e^r = 1 + r + r^2/2 + r^3 q(r), |r| <= log(2)/2",
         safe(lambda r: (mp.exp(r) - 1 - r - r * r / 2) / r**3, one / 6),
         lambda r: abs(r**3) / mp.exp(r) + mp.mpf(10)**-8, -half_log2, half_log2, 9)
    z_log = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1))**2 * mp.mpf("1.0001")
    emit("log_tail", "log((1+s)/(1-s)) = 2s + 2/3 s^3 + s^5 q(s^2), |s| <= 0.1716",
         lambda z: 2 * mp.nsum(lambda k: z**k / (2 * k + 5), [0, 60]) if z < mp.mpf("1e-12") else
         (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2 - 2 * third * z) / z**2,
         lambda z: z**2 / 2 + mp.mpf(10)**-6, 0, z_log, 6)
    z_trig = (mp.pi / 4)**2 * mp.mpf("1.001")
    emit("sin_tail", "sin r = r + r^3 q(r^2), |r| <= pi/4",
         safe(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, -one / 6), lambda z: z + mp.mpf(10)**-4, 0, z_trig, 6)
    emit("cos_tail", "cos r = 1 - r^2/2 + r^4 q(r^2), |r| <= pi/4",
         safe(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, one / 24), lambda z: z**2 + mp.mpf(10)**-4, 0, z_trig, 5)
    z_atan = mp.tan(mp.pi / 8)**2 * mp.mpf("1.0001")
    emit("atan_tail", "atan t = t + t^3 q(t^2), |t| <= tan(pi/8)",
         safe(lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, -third), lambda z: z + mp.mpf(10)**-4, 0, z_atan, 11)
    emit("asin_tail", "asin x = x + x^3 q(x^2), |x| <= 1/2",
         safe(lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, one / 6), lambda z: z + mp.mpf(10)**-4, 0,
         mp.mpf("0.2501"), 13)
    c = 2 / mp.sqrt(mp.pi)
    emit("erf_tail", "erf x = 2/sqrt(pi) (x - x^3/3) + x^5 q(x^2), |x| <= 1",
         safe(lambda z: (mp.erf(mp.sqrt(z)) / mp.sqrt(z) - c + c * z / 3) / z**2, c / 10),
         lambda z: z**2 + mp.mpf(10)**-4, 0, 1, 11)
    emit_erfcx(mp.mpf("0.75"), mp.mpf(28), 4, 20)
    slope = 1 - mp.euler
    emit("lgamma_tail", "log gamma(2 + t) = (1 - euler) t + t^2 q(t), |t| <= 1/2",
         safe(lambda t: (mp.loggamma(2 + t) - slope * t) / t**2, mp.zeta(2) / 2 - one / 2),
         lambda t: abs(t) + mp.mpf("0.001"), -0.5, 0.5, 18)
    emit("gamma_tail", "gamma(2 + t) = 1 + (1 - euler) t + t^2 q(t), |t| <= 1/2",
         safe(lambda t: (mp.gamma(2 + t) - 1 - slope * t) / t**2, mp.diff(mp.gamma, 2, 2) / 2),
         lambda t: t**2 + mp.mpf("0.001"), -0.5, 0.5, 18)
    emit("stirling_tail", "log gamma x = (x-1/2) log x - x + log(2 pi)/2 + q(1/x^2)/x, x >= 10",
         lambda w: one / 12 - w / 360 + w * w / 1260 if w < mp.mpf("1e-12") else
         (mp.loggamma(1 / mp.sqrt(w)) - (1 / mp.sqrt(w) - one / 2) * mp.log(1 / mp.sqrt(w)) + 1 / mp.sqrt(w)
          - mp.log(2 * mp.pi) / 2) / mp.sqrt(w), lambda w: one, 0, mp.mpf("0.01"), 6)
    emit("inverse_cbrt_poly", "first guess of m^(-1/3), 0.7 <= m <= 5.66",
         lambda m: mp.cbrt(1 / m), lambda m: mp.cbrt(m), mp.mpf("0.7"), mp.mpf("5.66"), 7)
    emit_single(half_log2, c)
    emit_bits_of_two_over_pi()


def emit_erfcx(a, b, k, degree):
    erfcx = lambda x: (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)
    to_t = lambda x: (x - k) / (x + k)
    to_x = lambda t: k * (1 + t) / (1 - t)
    first = erfcx(mp.mpf(k))
    rest = first - mp.mpf(float(first))
    print(f"inline constexpr double erfcx_first[] = {{{mp.nstr(first, 17)}, {mp.nstr(rest, 17)}}};\n")
    emit("erfcx_tail", f"(1+2x) exp(x^2) erfc x = first + t q(t), t = (x-{k})/(x+{k}), {mp.nstr(a, 3)} <= x <= {mp.nstr(b, 3)}",
         safe(lambda t: (erfcx(to_x(t)) - first) / t, mp.diff(lambda t: erfcx(to_x(t)), 0)),
         lambda t: (abs(t) + mp.mpf("0.01")) / erfcx(to_x(t)), to_t(a), to_t(b), degree)


def emit_single(half_log2, c):
    emit("exp_tail_f32", "e^r = 1 + r + r^2 q(r), |r| <= log(2)/2",
         safe(lambda r: (mp.exp(r) - 1 - r) / r**2, mp.mpf("0.5")), lambda r: r**2 / mp.exp(r) + mp.mpf(10)**-5,
         -half_log2, half_log2, 4, "float")
    emit("log_tail_f32", "log(1+f) = f - f^2/2 + f^3 q(f), sqrt(1/2) <= 1 + f <= sqrt(2)",
         safe(lambda f: (mp.log(1 + f) - f + f * f / 2) / f**3, mp.mpf(1) / 3), lambda f: f**2 + mp.mpf(10)**-4,
         mp.sqrt(2) / 2 - 1, mp.sqrt(2) - 1, 8, "float")
    emit("erf_tail_f32", "erf x = 2/sqrt(pi) x + x^3 q(x^2), |x| <= 0.95",
         safe(lambda z: (mp.erf(mp.sqrt(z)) / mp.sqrt(z) - c) / z, -c / 3), lambda z: z + mp.mpf(10)**-4,
         0, mp.mpf("0.91"), 5, "float")
    emit("erfc_log_f32", "erfc x = exp(-x q(x)), 0.9 <= x <= 4",
         lambda x: -mp.log(mp.erfc(x)) / x, lambda x: x * mp.erfc(x) / mp.erf(x) + mp.mpf("1e-6"), mp.mpf("0.9"), 4, 7,
         "float")
    tau = 2 * mp.pi
    emit("sin2pi_f32", "sin(2 pi f) = f q(f^2), |f| <= 1/8",
         safe(lambda z: mp.sin(tau * mp.sqrt(z)) / mp.sqrt(z), tau), lambda z: 1 / tau, 0, mp.mpf(1) / 64, 3, "float")
    emit("cos2pi_f32", "cos(2 pi f) = 1 + f^2 q(f^2), |f| <= 1/8",
         safe(lambda z: (mp.cos(tau * mp.sqrt(z)) - 1) / z, -tau**2 / 2), lambda z: z + mp.mpf("0.0001"), 0,
         mp.mpf(1) / 64, 3, "float")


def emit_bits_of_two_over_pi():
    with mp.workdps(500):
        bits = int(mp.floor(mp.ldexp(2 / mp.pi, 64 * 20)))
    words = [f"0x{(bits >> (64 * (19 - i))) & (2**64 - 1):016x}u" for i in range(20)]
    print("// The first 1280 bits of 2/pi after the binary point, for the reduction of huge arguments.")
    rows = [", ".join(words[i:i + 4]) for i in range(0, 20, 4)]
    print("inline constexpr std::uint64_t two_over_pi_bits[] = {\n    " + ",\n    ".join(rows) + "};\n")


def main():
    print("// SPDX-License-Identifier: Apache-2.0\n// Made by coefficients.py: minimax polynomials, lowest power first.")
    print("#pragma once\n\n#include <cstdint>\n\nnamespace shoal::math {\n")
    emit_all()
    print("}  // namespace shoal::math")


if __name__ == "__main__":
    main()
