;; A data segment that does not fit: instantiation itself must trap.
(module
  (memory (export "memory") 1)
  (data (i32.const 65530) "0123456789")
  (func (export "lg_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "execute") (param i32 i32) (result i64) (i64.const 0)))
