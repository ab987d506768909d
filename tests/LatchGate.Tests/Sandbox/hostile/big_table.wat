;; Asks for a table of a hundred million elements, which is host memory outside the memory limit.
(module
  (memory (export "memory") 1)
  (table 100000000 funcref)
  (func (export "lg_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "execute") (param i32 i32) (result i64) (i64.const 0)))
