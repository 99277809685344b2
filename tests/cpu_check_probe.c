// SPDX-License-Identifier: Apache-2.0
// The smallest program with the start-up check.
int main(void) { return 0; }
