"""Readers of usage formats: pure, they yield events or rejections."""
