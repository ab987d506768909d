;; A start function would run before the task exists.
(module
  (memory (export "memory") 1)
  (func $start (i32.store (i32.const 0) (i32.const 1)))
  (func (export "lg_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "execute") (param i32 i32) (result i64) (i64.const 0))
  (start $start))
