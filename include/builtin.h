/* SPDX-License-Identifier: GPL-2.0 */
/* The target types that are part of the module; only targets/ includes this. */
#ifndef DM_BUILTIN_H
#define DM_BUILTIN_H

#include "target.h"

extern struct target_type dm_linear_type;
extern const struct dm_type_ops dm_linear_ops;
extern struct target_type dm_striped_type;
extern const struct dm_type_ops dm_striped_ops;
extern struct target_type dm_error_type;
extern const struct dm_type_ops dm_error_ops;
extern struct target_type dm_zero_type;
extern const struct dm_type_ops dm_zero_ops;

#endif
