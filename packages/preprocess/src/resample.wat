;; Both passes of a bicubic resize of red-green-blue bytes, four values at a time, with the sums of resample.ts.
;; Weights are integers times 2^22. Rows of bytes are read and written up to 16 bytes beyond their end.
(module
  (memory (export "memory") 1)

  ;; Rows [rows, rowStride] -> [rows, outWidth, 3].
  (func (export "across")
    (param $row i32) (param $rowStride i32) (param $rows i32)
    (param $first i32) (param $count i32) (param $weights i32) (param $weightStride i32)
    (param $outWidth i32) (param $out i32)
    (local $x i32) (local $pixel i32) (local $weight i32) (local $end i32) (local $sum v128)
    (loop $eachRow
      (local.set $x (i32.const 0))
      (loop $eachPixel
        (local.set $pixel (i32.add (local.get $row)
          (i32.mul (i32.const 3) (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2)))))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $weightStride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $count) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 2))))
        (local.set $sum (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (loop $eachTap
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul
            (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $pixel))))
            (v128.load32_splat (local.get $weight)))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 3)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $eachTap (i32.lt_u (local.get $weight) (local.get $end))))
        (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
        (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
        (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (local.set $x (i32.add (local.get $x) (i32.const 1)))
        (br_if $eachPixel (i32.lt_u (local.get $x) (local.get $outWidth))))
      (local.set $row (i32.add (local.get $row) (local.get $rowStride)))
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (br_if $eachRow (local.get $rows))))

  ;; Rows [rows, length] -> [outHeight, length].
  (func (export "down")
    (param $in i32) (param $length i32)
    (param $first i32) (param $count i32) (param $weights i32) (param $weightStride i32)
    (param $outHeight i32) (param $out i32)
    (local $x i32) (local $row i32) (local $from i32) (local $weight i32) (local $end i32)
    (local $bytes v128) (local $factor v128) (local $low v128) (local $high v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (loop $eachRow
      (local.set $row (i32.add (local.get $in) (i32.mul (i32.load (local.get $first)) (local.get $length))))
      (local.set $end (i32.add (local.get $weights) (i32.shl (i32.load (local.get $count)) (i32.const 2))))
      (local.set $x (i32.const 0))
      (loop $eachBlock
        (local.set $from (i32.add (local.get $row) (local.get $x)))
        (local.set $weight (local.get $weights))
        (local.set $sum0 (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (local.set $sum1 (local.get $sum0))
        (local.set $sum2 (local.get $sum0))
        (local.set $sum3 (local.get $sum0))
        (loop $eachTap
          (local.set $bytes (v128.load align=1 (local.get $from)))
          (local.set $factor (v128.load32_splat (local.get $weight)))
          (local.set $low (i16x8.extend_low_i8x16_u (local.get $bytes)))
          (local.set $high (i16x8.extend_high_i8x16_u (local.get $bytes)))
          (local.set $sum0 (i32x4.add (local.get $sum0)
            (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $low)) (local.get $factor))))
          (local.set $sum1 (i32x4.add (local.get $sum1)
            (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $low)) (local.get $factor))))
          (local.set $sum2 (i32x4.add (local.get $sum2)
            (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $high)) (local.get $factor))))
          (local.set $sum3 (i32x4.add (local.get $sum3)
            (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $high)) (local.get $factor))))
          (local.set $from (i32.add (local.get $from) (local.get $length)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $eachTap (i32.lt_u (local.get $weight) (local.get $end))))
        (v128.store align=1 (i32.add (local.get $out) (local.get $x)) (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $sum0) (i32.const 22)) (i32x4.shr_s (local.get $sum1) (i32.const 22)))
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $sum2) (i32.const 22)) (i32x4.shr_s (local.get $sum3) (i32.const 22)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br_if $eachBlock (i32.lt_u (local.get $x) (local.get $length))))
      (local.set $out (i32.add (local.get $out) (local.get $length)))
      (local.set $first (i32.add (local.get $first) (i32.const 4)))
      (local.set $count (i32.add (local.get $count) (i32.const 4)))
      (local.set $weights (i32.add (local.get $weights) (local.get $weightStride)))
      (local.set $outHeight (i32.sub (local.get $outHeight) (i32.const 1)))
      (br_if $eachRow (local.get $outHeight)))))
