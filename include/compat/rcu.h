/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Having grace periods that others wait for expedited.
 *
 * Bridged: kernels export these two to modules (the same since 4.0) without
 * declaring them in a header that modules see. Booting with rcu_normal=1 still
 * keeps every grace period a normal one.
 */
#ifndef DM_COMPAT_RCU_H
#define DM_COMPAT_RCU_H

/* Until the other is called, synchronize_rcu() is synchronize_rcu_expedited(). */
void rcu_expedite_gp(void);
void rcu_unexpedite_gp(void);

#endif
