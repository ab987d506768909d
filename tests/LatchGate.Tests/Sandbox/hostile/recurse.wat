;; Recursion without end, in small frames.
(module
  (memory (export "memory") 1)
  (func (export "lg_alloc") (param i32) (result i32) (i32.const 1024))
  (func $down (param i32) (result i32)
    (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
  (func (export "execute") (param i32 i32) (result i64)
    (i64.extend_i32_u (call $down (i32.const 0)))))
