# SPDX-License-Identifier: Apache-2.0
# The objective of tune_command.toml: awk -v x=1 -v size=2 -f bowl.awk
BEGIN {
  loss = (x - 3) ^ 2 + (size - 20) ^ 2 / 100
  print "a line for people: x is " x
  printf "{\"loss\": %.17g, \"distance\": %.17g}\n", loss, sqrt(loss)
}
