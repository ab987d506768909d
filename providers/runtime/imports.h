/* The functions that a module may import, as wasm2c names them (':' is Z3A, '/' is Z2F). Every module's glue includes this beside
 * the module's own header, so an import with another signature does not compile. */
#ifndef IMPORTS_H_
#define IMPORTS_H_

#include <stdint.h>

struct Z_latchgateZ3AioZ2Fhttp_instance_t;
struct Z_latchgateZ3AioZ2Ffs_instance_t;
struct Z_latchgateZ3AioZ2Flog_instance_t;

uint32_t Z_latchgateZ3AioZ2FhttpZ_request(struct Z_latchgateZ3AioZ2Fhttp_instance_t *, uint32_t at, uint32_t length, uint32_t answer);
uint32_t Z_latchgateZ3AioZ2FfsZ_request(struct Z_latchgateZ3AioZ2Ffs_instance_t *, uint32_t at, uint32_t length, uint32_t answer);
void Z_latchgateZ3AioZ2FlogZ_write(struct Z_latchgateZ3AioZ2Flog_instance_t *, uint32_t level, uint32_t at, uint32_t length);

#endif
