// SPDX-License-Identifier: Apache-2.0
// Start-up check: one clear line and exit code 69 on a CPU that cannot run the rest of the program.
//
// Everything else is compiled for x86-64-v3, and any of it could use an instruction that such a CPU lacks. So this file
// is compiled for plain x86-64, runs before every other constructor of the program (priority 101 is the first one free),
// and uses nothing but inline assembly, write and _exit.
#include <unistd.h>

int shoal_cpu_check = 1;  // refer to it to have this file taken out of a static library

#if defined(__x86_64__)
#include <cpuid.h>

struct feature {
  const char* name;
  unsigned present;
};

// CR4.OSXSAVE and XCR0: the operating system keeps the upper halves of the registers.
static unsigned os_keeps_avx(unsigned ecx1) {
  if (!(ecx1 & bit_OSXSAVE)) return 0;
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6u) == 6u;
}

static void print(const char* text) {
  size_t length = 0;
  while (text[length]) ++length;
  ssize_t written = write(STDERR_FILENO, text, length);
  (void)written;
}

__attribute__((constructor(101))) static void check_cpu(void) {
  unsigned eax, ebx, ecx, edx;
  unsigned ecx1 = 0, ebx7 = 0, ecx_ext = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) ecx1 = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) ebx7 = ebx;
  if (__get_cpuid(0x80000001u, &eax, &ebx, &ecx, &edx)) ecx_ext = ecx;
  const unsigned avx = (ecx1 & bit_AVX) && os_keeps_avx(ecx1);
  const struct feature features[] = {
      {" AVX", avx},
      {" AVX2", avx && (ebx7 & bit_AVX2)},
      {" FMA", avx && (ecx1 & bit_FMA)},
      {" BMI1", ebx7 & bit_BMI},
      {" BMI2", ebx7 & bit_BMI2},
      {" F16C", ecx1 & bit_F16C},
      {" LZCNT", ecx_ext & bit_ABM},
      {" MOVBE", ecx1 & bit_MOVBE},
  };
  unsigned missing = 0;
  for (unsigned i = 0; i < sizeof features / sizeof features[0]; ++i) {
    if (features[i].present) continue;
    if (!missing) print("error: this CPU lacks");
    missing = 1;
    print(features[i].name);
  }
  if (!missing) return;
  print(": shoal needs x86-64-v3 (Intel Haswell of 2013, AMD Excavator or Zen, or later)\n");
  _exit(69);
}
#endif
