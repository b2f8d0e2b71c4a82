// SPDX-License-Identifier: GPL-2.0
/* The built-in target types: the one list of them. */
#include <linux/kernel.h>

#include "builtin.h"

/* In the order in which the stock module registers them. */
static const struct {
	struct target_type *type;
	const struct dm_type_ops *ops;
} builtins[] = {
	{ &dm_error_type, &dm_error_ops },
	{ &dm_linear_type, &dm_linear_ops },
	{ &dm_striped_type, &dm_striped_ops },
	{ &dm_zero_type, &dm_zero_ops },
};

static void builtins_remove(unsigned int n)
{
	while (n--)
		dm_unregister_target(builtins[n].type);
}

int dm_builtin_start(void)
{
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(builtins); i++) {
		r = dm_type_register(builtins[i].type, builtins[i].ops);
		if (r) {
			builtins_remove(i);
			return r;
		}
	}
	return 0;
}

void dm_builtin_stop(void)
{
	builtins_remove(ARRAY_SIZE(builtins));
}
