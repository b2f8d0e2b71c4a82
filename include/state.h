/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The states of a mapped device and the moves between them.
 *
 * A device is in exactly one state. Every change goes through
 * dm_state_move(), which refuses what the table below does not allow.
 */
#ifndef DM_STATE_H
#define DM_STATE_H

#include <linux/types.h>

/**
 * enum dm_state - what a mapped device is doing
 * @DM_STATE_ACTIVE: I/O passes (or is refused, where there is no table)
 * @DM_STATE_SUSPENDING: targets were told; I/O under way is waited for
 * @DM_STATE_QUIESCED: no I/O is under way; targets run their postsuspend
 * @DM_STATE_SUSPENDED: suspended by the user; I/O is deferred
 * @DM_STATE_RESUMING: targets are being resumed; I/O is still deferred
 * @DM_STATE_HELD: suspended from inside the kernel while active
 * @DM_STATE_SUSPENDED_HELD: suspended by the user and from inside the kernel
 * @DM_STATE_DEAD: removed from the index; nothing leads out of it
 */
enum dm_state {
	DM_STATE_ACTIVE,
	DM_STATE_SUSPENDING,
	DM_STATE_QUIESCED,
	DM_STATE_SUSPENDED,
	DM_STATE_RESUMING,
	DM_STATE_HELD,
	DM_STATE_SUSPENDED_HELD,
	DM_STATE_DEAD,
	DM_STATE_COUNT
};

/**
 * dm_state_may_move() - is a move legal?
 * @from: a state
 * @to: a state
 *
 * Pure. Return: true where the table allows it.
 */
bool dm_state_may_move(enum dm_state from, enum dm_state to);

/**
 * dm_state_name() - a state in words, for messages
 * @state: a state
 *
 * Return: a constant string, "unknown" for what is no state.
 */
const char *dm_state_name(enum dm_state state);

/**
 * dm_state_suspended() - does the user see the device as suspended?
 * @state: a state
 *
 * The answer behind DM_SUSPEND_FLAG and the sysfs attribute "suspended".
 */
static inline bool dm_state_suspended(enum dm_state state)
{
	return state == DM_STATE_QUIESCED || state == DM_STATE_SUSPENDED ||
	       state == DM_STATE_RESUMING || state == DM_STATE_SUSPENDED_HELD;
}

/**
 * dm_state_held() - is the device suspended from inside the kernel?
 * @state: a state
 *
 * The answer behind DM_INTERNAL_SUSPEND_FLAG.
 */
static inline bool dm_state_held(enum dm_state state)
{
	return state == DM_STATE_HELD || state == DM_STATE_SUSPENDED_HELD;
}

#endif
