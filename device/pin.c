// SPDX-License-Identifier: GPL-2.0
/* The active table, for calls that are no I/O. */
#include <linux/wait_bit.h>

#include "device.h"
#include "table.h"

struct dm_table *dm_pin_get(struct dm_pin *pin, struct mapped_device *md)
{
	struct dm_table *t;

	pin->md = md;
	preempt_disable();
	t = dm_gate_enter(md);
	preempt_enable();
	pin->counted = t;
	if (!t) {
		down_read(&md->slots);
		t = rcu_dereference_protected(md->active, lockdep_is_held(&md->slots));
		if (t)
			atomic_inc(&t->pins);
		up_read(&md->slots);
	}
	pin->table = t;
	return t;
}

void dm_pin_put(struct dm_pin *pin)
{
	struct dm_table *t = pin->table;

	if (pin->counted)
		dm_inflight_finish(&pin->md->inflight);
	else if (t && atomic_dec_and_test(&t->pins))
		/* the table may be gone: who waits is found by the address */
		wake_up_var(&t->pins);
}

void dm_pins_wait(struct dm_table *t)
{
	wait_var_event(&t->pins, !atomic_read(&t->pins));
}
