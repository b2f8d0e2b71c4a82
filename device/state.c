// SPDX-License-Identifier: GPL-2.0
/* The state machine of a mapped device: pure, see include/state.h. */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "state.h"

static const struct {
	const char *name;
	unsigned int next;
} states[DM_STATE_COUNT] = {
	[DM_STATE_ACTIVE] = {
		"active", BIT(DM_STATE_SUSPENDING) | BIT(DM_STATE_DEAD),
	},
	/* back to active: the wait for I/O was interrupted by a signal */
	[DM_STATE_SUSPENDING] = {
		"suspending", BIT(DM_STATE_QUIESCED) | BIT(DM_STATE_ACTIVE) | BIT(DM_STATE_HELD),
	},
	[DM_STATE_QUIESCED] = {
		"quiesced", BIT(DM_STATE_SUSPENDED) | BIT(DM_STATE_HELD),
	},
	[DM_STATE_SUSPENDED] = {
		"suspended", BIT(DM_STATE_RESUMING) | BIT(DM_STATE_SUSPENDED_HELD) |
			     BIT(DM_STATE_DEAD),
	},
	/* back to suspended: a target refused to resume */
	[DM_STATE_RESUMING] = {
		"resuming", BIT(DM_STATE_ACTIVE) | BIT(DM_STATE_SUSPENDED),
	},
	[DM_STATE_HELD] = {
		"held", BIT(DM_STATE_ACTIVE) | BIT(DM_STATE_RESUMING),
	},
	[DM_STATE_SUSPENDED_HELD] = {
		"suspended and held", BIT(DM_STATE_SUSPENDED),
	},
	[DM_STATE_DEAD] = { "dead", 0 },
};

bool dm_state_may_move(enum dm_state from, enum dm_state to)
{
	if ((unsigned int)from >= DM_STATE_COUNT || (unsigned int)to >= DM_STATE_COUNT)
		return false;
	return states[from].next & BIT(to);
}

const char *dm_state_name(enum dm_state state)
{
	return (unsigned int)state < DM_STATE_COUNT ? states[state].name : "unknown";
}
