"""Orders: those that come by themselves, those that a promotion causes, and what a product does to trust."""

from __future__ import annotations

from sim.scenario.parameter import Settings, parameter


class Orders(Settings):
    """Organic orders: Poisson with intensity purchase_rate * (trust / reference)^trust_elasticity * season."""

    trust_elasticity: float = parameter(
        0.6,
        "elasticity of the organic order intensity to trust",
        unit="-",
        evidence=(0, 1.5),
        source="a fan's value rises from stranger to close, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )


class Promotion(Settings):
    """Orders caused by an opened promotion: 1 - exp(-conversion * need * trust^elasticity * lift * playbook)."""

    trust_elasticity: float = parameter(
        0.5,
        "elasticity of conversion to trust; 0 where there is no other supplier",
        unit="-",
        evidence=(0, 1.5),
        source="trust decides where there is a choice, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    replenish_days: float = parameter(
        60.0,
        "days after an order in which need has regrown to 1 - 1/e",
        unit="days",
        evidence=(20, 180),
        source="women's wear peaks about every 3 months, say operators",
        grade="practitioner",
        gt=0,
    )
    pull_forward: float = parameter(
        0.3,
        "organic orders that one caused order replaces later",
        unit="orders",
        evidence=(0, 0.8),
        source="promotions shift purchases in time; the share is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    price_elasticity: float = parameter(
        2.0,
        "elasticity of conversion to the price: conversion * (1 - discount)^-price_elasticity",
        unit="-",
        evidence=(1, 4),
        source="a higher price lowers conversion, say operators; 2-3 is usual in price research",
        grade="practitioner",
        ge=0,
        le=20,
    )


class Product(Settings):
    """What an order does to the relationship: a good product builds trust, a bad one costs trust, fans and a refund."""

    bad_share: float = parameter(
        0.03,
        "share of orders that disappoint",
        unit="share",
        evidence=(0.01, 0.15),
        source="product quality decides repeat purchase, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    trust_gain: float = parameter(
        0.02,
        "share of the gap to 1 closed by a good order",
        unit="-",
        evidence=(0, 0.1),
        source="good experiences move trust as good content does; the value is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
    trust_loss: float = parameter(
        0.3,
        "trust lost by a bad order: trust is multiplied by exp(-trust_loss)",
        unit="-",
        evidence=(0, 0.8),
        source="the best operation cannot save a bad product, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    hazard: float = parameter(
        0.05,
        "hazard lump of a bad order",
        unit="-",
        evidence=(0, 0.3),
        source="even VIPs leave over product or service, say operators; the value is assumed",
        grade="assumption",
        ge=0,
        le=10,
    )
    refund_share: float = parameter(
        0.5,
        "share of a bad order's value that is refunded",
        unit="share",
        evidence=(0, 1),
        source="a choice between exchange and refund is assumed",
        grade="assumption",
        ge=0,
        le=1,
    )
