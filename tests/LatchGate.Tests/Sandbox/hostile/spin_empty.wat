;; An empty loop: the compiler must not drop it, and the meter must see it.
(module
  (memory (export "memory") 1)
  (func (export "lg_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "execute") (param i32 i32) (result i64) (loop (br 0)) unreachable))
